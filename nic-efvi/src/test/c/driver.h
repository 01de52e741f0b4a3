/* What driver.c and driver_vi.c share: tables of objects, and their look-up. */
#ifndef DRIVER_H
#define DRIVER_H

#include "card_model.h"

#pragma GCC visibility push(hidden)

/* Ids begin at 1 and are never given twice, not even after a reset. */
struct table {
  void** at;
  uint32_t count, room, base;
};
uint32_t table_add(struct table*, void* object);
void* table_get(const struct table*, uint32_t id);
void table_reset(struct table*);

struct driver* driver_of(ef_driver_handle, const char* function); /* NULL is noted as misuse */
struct pd* pd_of(const ef_pd*);
struct pd* set_pd(uint32_t set);

void vis_of_closed_driver(struct driver*);
void vis_lose_memory(struct memreg*);
int vis_alive(void);
int vi_slots(const struct port*); /* NULL: of all ports */
void vis_reset(void);
void vi_awake(struct card_vi*);

#pragma GCC visibility pop

#endif
