arp.o: components/lwip/core/arp.c components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/rtos/include/rtos.h \
 components/wifi/include/wifi_mgr.h
