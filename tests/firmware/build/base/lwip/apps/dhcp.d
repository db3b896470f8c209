dhcp.o: components/lwip/apps/dhcp.c components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/wifi/include/wifi_mgr.h
