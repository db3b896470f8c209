irq.o: components/platform/irq.c \
 components/platform/include/bl_platform.h
