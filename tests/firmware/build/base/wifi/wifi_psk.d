wifi_psk.o: components/wifi/wifi_psk.c components/wifi/wifi_private.h \
 components/rtos/include/rtos.h components/wifi/include/wifi_mgr.h
