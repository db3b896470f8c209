http_fns.o: src/httpserver/http_fns.c src/httpserver/new_http.h \
 src/httpserver/../new_common.h src/httpserver/../obk_config.h \
 components/platform/include/bl_platform.h components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/rtos/include/rtos.h \
 components/wifi/include/wifi_mgr.h src/httpserver/../cmnds/cmd_public.h \
 src/httpserver/../cmnds/../new_common.h \
 src/httpserver/../driver/drv_public.h \
 src/httpserver/../driver/../new_common.h \
 src/httpserver/../littlefs/our_lfs.h src/httpserver/../mqtt/new_mqtt.h \
 src/httpserver/../mqtt/../new_common.h src/httpserver/../hass/hass.h
