ip4.o: components/lwip/core/ip4.c components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/wifi/include/wifi_mgr.h
