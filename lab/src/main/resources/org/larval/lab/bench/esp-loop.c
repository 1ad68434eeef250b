/*
 * The reference of `larval bench esp`: AES-128-GCM over packets shaped like ESP, by OpenSSL's EVP
 * interface as a C program would use it. Each packet has a sequence number and an IV of its own,
 * eight bytes of additional data and a check value of 16 bytes, and is worked on in place.
 *
 *   | SPI 4 | sequence 4 | IV 8 | payload | ICV 16 |
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 8, IV = 8, ICV = 16, SALT = 4, KEY = 16 };

struct loop {
  EVP_CIPHER_CTX *seal;
  EVP_CIPHER_CTX *open;
  unsigned char salt[SALT];
  unsigned char *packets;
  int count;
  int bytes;
  int stride;
  uint64_t sequence;
};

static void put(unsigned char *to, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; i--) {
    to[i] = (unsigned char)value;
    value >>= 8;
  }
}

const char *esp_version(void) { return OpenSSL_version(OPENSSL_VERSION); }

/* Packets of zeros under a key of 16 bytes and a salt of 4, or null. */
struct loop *esp_make(const unsigned char *key, int count, int bytes) {
  struct loop *loop = calloc(1, sizeof *loop);
  if (loop == NULL) {
    return NULL;
  }
  loop->count = count;
  loop->bytes = bytes;
  loop->stride = (HEADER + IV + bytes + ICV + 63) / 64 * 64;
  loop->packets = aligned_alloc(64, (size_t)count * loop->stride);
  loop->seal = EVP_CIPHER_CTX_new();
  loop->open = EVP_CIPHER_CTX_new();
  if (loop->packets == NULL || loop->seal == NULL || loop->open == NULL) {
    return NULL;
  }
  memset(loop->packets, 0, (size_t)count * loop->stride);
  memcpy(loop->salt, key + KEY, SALT);
  if (EVP_EncryptInit_ex(loop->seal, EVP_aes_128_gcm(), NULL, key, NULL) != 1 ||
      EVP_DecryptInit_ex(loop->open, EVP_aes_128_gcm(), NULL, key, NULL) != 1) {
    return NULL;
  }
  return loop;
}

void esp_free(struct loop *loop) {
  EVP_CIPHER_CTX_free(loop->seal);
  EVP_CIPHER_CTX_free(loop->open);
  free(loop->packets);
  free(loop);
}

/* Seals every packet; how many went well. */
int esp_seal(struct loop *loop) {
  EVP_CIPHER_CTX *ctx = loop->seal;
  int good = 0;
  for (int i = 0; i < loop->count; i++) {
    unsigned char *packet = loop->packets + (size_t)i * loop->stride;
    unsigned char *payload = packet + HEADER + IV;
    unsigned char nonce[SALT + IV];
    int length;
    uint64_t sequence = ++loop->sequence;
    put(packet, 0x1000, 4);
    put(packet + 4, sequence, 4);
    put(packet + HEADER, sequence, IV);
    memcpy(nonce, loop->salt, SALT);
    memcpy(nonce + SALT, packet + HEADER, IV);
    good += EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, nonce) == 1 &&
            EVP_EncryptUpdate(ctx, NULL, &length, packet, HEADER) == 1 &&
            EVP_EncryptUpdate(ctx, payload, &length, payload, loop->bytes) == 1 &&
            EVP_EncryptFinal_ex(ctx, payload + loop->bytes, &length) == 1 &&
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, ICV, payload + loop->bytes) == 1;
  }
  return good;
}

/* Opens every packet, each sealed before; how many were right. */
int esp_open(struct loop *loop) {
  EVP_CIPHER_CTX *ctx = loop->open;
  int good = 0;
  for (int i = 0; i < loop->count; i++) {
    unsigned char *packet = loop->packets + (size_t)i * loop->stride;
    unsigned char *payload = packet + HEADER + IV;
    unsigned char nonce[SALT + IV];
    int length;
    memcpy(nonce, loop->salt, SALT);
    memcpy(nonce + SALT, packet + HEADER, IV);
    good += EVP_DecryptInit_ex(ctx, NULL, NULL, NULL, nonce) == 1 &&
            EVP_DecryptUpdate(ctx, NULL, &length, packet, HEADER) == 1 &&
            EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, ICV, payload + loop->bytes) == 1 &&
            EVP_DecryptUpdate(ctx, payload, &length, payload, loop->bytes) == 1 &&
            EVP_DecryptFinal_ex(ctx, payload + loop->bytes, &length) == 1;
  }
  return good;
}
