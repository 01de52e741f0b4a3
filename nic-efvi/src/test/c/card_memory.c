/* The card's view of memory: DMA addresses, who owns which buffer, and the record of misuse. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "card_model.h"

/* ---- lock: recursive, as an automatic run happens inside other calls ---- */

static pthread_mutex_t mutex;

__attribute__((constructor)) static void make_lock(void) {
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&mutex, &kind);
  pthread_mutexattr_destroy(&kind);
}

int card_lock(void) { return pthread_mutex_lock(&mutex); }

void card_unlock(int* locked) {
  (void)locked;
  pthread_mutex_unlock(&mutex);
}

/* ---- misuse ---- */

static char first_misuse[256], last_misuse[256];
static int misuses;

void card_note_misuse(const char* format, ...) {
  CARD_LOCKED;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(last_misuse, sizeof last_misuse, format, arguments);
  va_end(arguments);
  if (misuses++ == 0) memcpy(first_misuse, last_misuse, sizeof first_misuse);
}

const char* card_misuse(void) {
  CARD_LOCKED;
  return misuses ? first_misuse : NULL;
}

const char* card_misuse_last(void) {
  CARD_LOCKED;
  return misuses ? last_misuse : NULL;
}

int card_misuse_count(void) {
  CARD_LOCKED;
  return misuses;
}

void card_misuse_clear(void) {
  CARD_LOCKED;
  misuses = 0;
}

/* ---- pages ---- */

/*
 * A page's number counts up and is never used again, so an address of freed memory is known as such. The address on the bus is the
 * number scrambled by an odd factor: neighbours in memory are far apart there, and arithmetic beyond a page gives nonsense.
 */
#define PAGE_BITS 28
#define PAGE_MASK ((1u << PAGE_BITS) - 1)
#define SCRAMBLE 0x9E3779B1u
#define TWIST 0x5a5a5a5u
#define BUS_TAG (UINT64_C(1) << 44)

static struct page { uint8_t* host; struct memreg* owner; } * pages;
static uint32_t page_count, page_room;

static uint64_t bus_address(uint32_t number) { return BUS_TAG | (uint64_t)((number * SCRAMBLE & PAGE_MASK) ^ TWIST) << 12; }

static uint32_t number_of(ef_addr addr) {
  uint32_t inverse = SCRAMBLE; /* Newton: doubles the number of right bits in each round, beginning with three */
  for (int i = 0; i < 5; i++) inverse *= 2 - SCRAMBLE * inverse;
  return (((uint32_t)(addr >> 12) & PAGE_MASK) ^ TWIST) * inverse & PAGE_MASK;
}

int pages_register(struct memreg* mr) {
  uint32_t count = (uint32_t)((mr->length + NIC_PAGE - 1) / NIC_PAGE);
  if (count >= PAGE_MASK - page_count) return -ENOMEM;
  if (page_count + count + 1 > page_room) {
    uint32_t room = (page_count + count + 1) * 2;
    struct page* more = realloc(pages, room * sizeof *more);
    if (!more) return -ENOMEM;
    pages = more;
    page_room = room;
  }
  mr->dma = malloc(count * sizeof *mr->dma);
  if (!mr->dma) return -ENOMEM;
  mr->first_page = page_count;
  mr->pages = count;
  for (uint32_t i = 0; i < count; i++) {
    pages[page_count] = (struct page){mr->base + (size_t)i * NIC_PAGE, mr};
    mr->dma[i] = bus_address(page_count++);
  }
  page_count++; /* a gap, so that the page behind a region belongs to nobody */
  pages[page_count - 1] = (struct page){NULL, NULL};
  return 0;
}

void pages_forget(struct memreg* mr) {
  for (uint32_t i = 0; i < mr->pages; i++) pages[mr->first_page + i].owner = NULL;
}

void pages_reset(void) {
  free(pages);
  pages = NULL;
  page_count = page_room = 0;
}

uint8_t* dma(struct card_vi* cv, ef_addr addr, size_t length, const char** why) {
  uint32_t number = number_of(addr);
  if ((addr & ~(((UINT64_C(1) << PAGE_BITS) - 1) << 12 | 4095)) != BUS_TAG || number >= page_count || !pages[number].host) {
    *why = "outside registered memory (a virtual address, or wrong arithmetic?)";
    return NULL;
  }
  struct memreg* mr = pages[number].owner;
  if (!mr) {
    *why = "in memory whose registration was freed";
    return NULL;
  }
  if (mr->pd != cv->pd) {
    *why = "in memory registered in another protection domain";
    return NULL;
  }
  if ((addr & 4095) + length > NIC_PAGE) {
    *why = "crosses a 4 KiB page";
    return NULL;
  }
  uint8_t* host = pages[number].host + (addr & 4095);
  if (host + length > mr->base + mr->length) {
    *why = "beyond the end of registered memory";
    return NULL;
  }
  return host;
}

uint64_t buffer_hash(const uint8_t* p, size_t length) {
  uint64_t h = 0xcbf29ce484222325u, word;
  for (; length >= 8; p += 8, length -= 8) {
    memcpy(&word, p, 8);
    h = (h ^ word) * 0x100000001b3u;
    h ^= h >> 29;
  }
  while (length--) h = (h ^ *p++) * 0x100000001b3u;
  return h;
}

/* ---- request ids that are out ---- */

#define SMALL_IDS (1u << 20)

/* Larger ids are looked for in the ring itself, which is slow, but they are rare. */
static int large_out(const struct card_vi* cv, int transmit, ef_request_id id) {
  uint32_t size = transmit ? cv->txq_size : cv->rxq_size;
  for (uint32_t i = 0; i < size; i++) {
    if ((transmit ? cv->tx[i].id : cv->rx[i].id) == id) return 1;
  }
  return 0;
}

int id_out(struct card_vi* cv, int transmit, ef_request_id id) {
  if (id == REQUEST_ID_NONE) return 0;
  if (id >= SMALL_IDS) return large_out(cv, transmit, id);
  uint8_t** set = transmit ? &cv->tx_out : &cv->rx_out;
  if (!*set) *set = calloc(1, SMALL_IDS / 8);
  uint8_t bit = (uint8_t)(1u << (id & 7));
  int before = (*set)[id / 8] & bit;
  (*set)[id / 8] |= bit;
  return before != 0;
}

void id_back(struct card_vi* cv, int transmit, ef_request_id id) {
  uint8_t* set = transmit ? cv->tx_out : cv->rx_out;
  if (id < SMALL_IDS) {
    if (set) set[id / 8] &= (uint8_t) ~(1u << (id & 7));
    return;
  }
  uint32_t size = transmit ? cv->txq_size : cv->rxq_size;
  for (uint32_t i = 0; i < size; i++) {
    ef_request_id* at = transmit ? &cv->tx[i].id : &cv->rx[i].id;
    if (*at == id) *at = REQUEST_ID_NONE;
  }
}
