easykv.o: components/easykv/easykv.c components/easykv/include/easykv.h \
 components/platform/include/bl_platform.h components/hal/include/hal.h
