hal_uart.o: components/hal/hal_uart.c \
 components/platform/include/bl_platform.h components/hal/include/hal.h
