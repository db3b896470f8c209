wifi_scan.o: components/wifi/wifi_scan.c components/wifi/wifi_private.h \
 components/rtos/include/rtos.h components/wifi/include/wifi_mgr.h
