wifi_mac.o: components/wifi/wifi_mac.c components/hal/include/hal.h \
 components/wifi/wifi_private.h components/rtos/include/rtos.h \
 components/wifi/include/wifi_mgr.h
