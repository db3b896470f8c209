pbuf.o: components/lwip/core/pbuf.c components/lwip/include/lwip_lite.h \
 components/rtos/include/rtos.h
