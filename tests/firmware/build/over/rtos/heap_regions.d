heap_regions.o: components/rtos/heap_regions.c \
 components/rtos/include/rtos.h
