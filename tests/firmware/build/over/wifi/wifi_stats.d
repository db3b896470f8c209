wifi_stats.o: components/wifi/wifi_stats.c components/wifi/wifi_private.h \
 components/rtos/include/rtos.h components/wifi/include/wifi_mgr.h
