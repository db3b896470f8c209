wifi_mgr.o: components/wifi/wifi_mgr.c components/wifi/include/wifi_mgr.h \
 components/wifi/wifi_private.h components/rtos/include/rtos.h
