udp.o: components/lwip/core/udp.c components/lwip/include/lwip_lite.h
