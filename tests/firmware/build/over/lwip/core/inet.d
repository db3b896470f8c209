inet.o: components/lwip/core/inet.c components/lwip/include/lwip_lite.h
