#include "obk_config.h"
void user_main(void) {}
void user_every_second(void) {}
void user_quick_tick(void) {}
