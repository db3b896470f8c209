hal_buses.o: components/hal/hal_buses.c \
 components/platform/include/bl_platform.h components/hal/include/hal.h
