dns.o: components/lwip/apps/dns.c components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/rtos/include/rtos.h
