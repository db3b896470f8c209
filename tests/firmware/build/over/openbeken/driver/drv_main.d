drv_main.o: src/driver/drv_main.c src/driver/drv_local.h \
 src/driver/drv_public.h src/driver/../new_common.h \
 src/driver/../obk_config.h components/platform/include/bl_platform.h \
 components/hal/include/hal.h components/lwip/include/lwip_lite.h \
 components/rtos/include/rtos.h components/wifi/include/wifi_mgr.h \
 src/driver/../cmnds/cmd_public.h src/driver/../cmnds/../new_common.h \
 src/driver/../httpserver/new_http.h \
 src/driver/../httpserver/../new_common.h src/driver/../mqtt/new_mqtt.h \
 src/driver/../mqtt/../new_common.h
