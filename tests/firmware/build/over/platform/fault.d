fault.o: components/platform/fault.c \
 components/platform/include/bl_platform.h
