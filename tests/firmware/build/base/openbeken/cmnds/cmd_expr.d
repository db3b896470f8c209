cmd_expr.o: src/cmnds/cmd_expr.c src/cmnds/cmd_public.h \
 src/cmnds/../new_common.h src/cmnds/../obk_config.h \
 components/platform/include/bl_platform.h components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/rtos/include/rtos.h \
 components/wifi/include/wifi_mgr.h src/cmnds/../driver/drv_ntp.h \
 src/cmnds/../driver/../new_common.h
