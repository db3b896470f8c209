drv_ntp_sun.o: src/driver/drv_ntp_sun.c src/driver/../new_common.h \
 src/driver/../obk_config.h components/platform/include/bl_platform.h \
 components/hal/include/hal.h components/lwip/include/lwip_lite.h \
 components/rtos/include/rtos.h components/wifi/include/wifi_mgr.h
