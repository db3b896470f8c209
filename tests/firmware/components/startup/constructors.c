/* Static constructors of C++ objects, run before the first task exists. */
typedef void (*constructor_t)(void);

extern constructor_t __init_array_start[];
extern constructor_t __init_array_end[];

void start_constructors(void)
{
    for (constructor_t *entry = __init_array_start; entry != __init_array_end; entry++)
        (*entry)();
}

/* Without an exit there is nothing to register. */
void *__dso_handle;

int atexit(void (*fn)(void))
{
    (void)fn;
    return 0;
}

void __cxa_pure_virtual(void)
{
    for (;;)
        ;
}
