tcp.o: components/lwip/core/tcp.c components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/rtos/include/rtos.h
