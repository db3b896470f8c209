#ifndef HASS_H
#define HASS_H

void hass_schedule(int seconds);
void hass_every_second(void);
void hass_set_prefix(const char *prefix);
int hass_count(void);

#endif
