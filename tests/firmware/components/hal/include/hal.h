/* Peripherals of the fixture chip. */
#ifndef HAL_H
#define HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void hal_clock_init(void);
uint32_t hal_clock_hz(unsigned domain);

void hal_uart_init(unsigned port, uint32_t baud);
void hal_uart_putc(unsigned port, char c);
int hal_uart_getc(unsigned port);
size_t hal_uart_read(unsigned port, uint8_t *to, size_t length);
void hal_uart_write(unsigned port, const uint8_t *from, size_t length);

void hal_gpio_output(unsigned pin, bool level);
void hal_gpio_set(unsigned pin, bool level);
bool hal_gpio_input(unsigned pin, bool pull_up);
bool hal_gpio_get(unsigned pin);
int hal_gpio_interrupt(unsigned pin, void (*handler)(unsigned pin));

int hal_pwm_start(unsigned pin, uint32_t hz, float duty);
void hal_pwm_duty(unsigned pin, float duty);
int hal_adc_read(unsigned pin);

int hal_i2c_write(unsigned address, const uint8_t *data, size_t length);
int hal_i2c_read(unsigned address, uint8_t *data, size_t length);
void hal_spi_init(uint32_t hz, unsigned mode);
void hal_spi_write(const uint8_t *data, size_t length);
bool hal_spi_dma(const uint8_t *data, size_t length, void (*done)(void));

int hal_flash_read(uint32_t address, void *to, size_t length);
int hal_flash_write(uint32_t address, const void *from, size_t length);
int hal_flash_erase(uint32_t address, size_t length);

void hal_wdt_start(uint32_t milliseconds);
void hal_wdt_feed(void);
const char *hal_reset_reason(void);
uint32_t hal_random(void);
void hal_mac(uint8_t mac[6]);
uint32_t hal_timer_us(void);

#endif
