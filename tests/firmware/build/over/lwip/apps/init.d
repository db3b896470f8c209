init.o: components/lwip/apps/init.c components/lwip/include/lwip_lite.h
