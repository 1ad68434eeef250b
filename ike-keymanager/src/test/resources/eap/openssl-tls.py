"""One end of TLS by OpenSSL, records as lines of hexadecimal on standard input and output.

openssl-tls.py server|client VERSION CERT KEY CA; every answer is "done|going HEX"; an input line "msk" asks
for the key of EAP-TLS.
"""
import ctypes
import sys

lib = ctypes.CDLL("libssl.so.3")
crypto = ctypes.CDLL("libcrypto.so.3")
P = ctypes.c_void_p
for module, name, result, arguments in (
    (lib, "TLS_method", P, []), (lib, "SSL_CTX_new", P, [P]), (lib, "SSL_new", P, [P]),
    (lib, "SSL_CTX_ctrl", ctypes.c_long, [P, ctypes.c_int, ctypes.c_long, P]),
    (lib, "SSL_CTX_use_certificate_chain_file", ctypes.c_int, [P, ctypes.c_char_p]),
    (lib, "SSL_CTX_use_PrivateKey_file", ctypes.c_int, [P, ctypes.c_char_p, ctypes.c_int]),
    (lib, "SSL_CTX_load_verify_locations", ctypes.c_int, [P, ctypes.c_char_p, ctypes.c_char_p]),
    (lib, "SSL_CTX_set_purpose", ctypes.c_int, [P, ctypes.c_int]),
    (lib, "SSL_CTX_set_verify", None, [P, ctypes.c_int, P]),
    (crypto, "BIO_s_mem", P, []), (crypto, "BIO_new", P, [P]),
    (crypto, "BIO_write", ctypes.c_int, [P, ctypes.c_char_p, ctypes.c_int]),
    (crypto, "BIO_read", ctypes.c_int, [P, ctypes.c_char_p, ctypes.c_int]),
    (lib, "SSL_set_bio", None, [P, P, P]), (lib, "SSL_set_accept_state", None, [P]),
    (lib, "SSL_set_connect_state", None, [P]), (lib, "SSL_do_handshake", ctypes.c_int, [P]),
    (lib, "SSL_read", ctypes.c_int, [P, ctypes.c_char_p, ctypes.c_int]),
    (lib, "SSL_write", ctypes.c_int, [P, ctypes.c_char_p, ctypes.c_int]),
    (lib, "SSL_export_keying_material", ctypes.c_int,
     [P, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t,
      ctypes.c_int]),
):
    function = getattr(module, name)
    function.restype, function.argtypes = result, arguments

role, version, cert, key, ca = sys.argv[1:]
number = {"TLSv1.2": 0x303, "TLSv1.3": 0x304}[version]
context = lib.SSL_CTX_new(lib.TLS_method())
for option in (123, 124):
    lib.SSL_CTX_ctrl(context, option, number, None)
assert lib.SSL_CTX_use_certificate_chain_file(context, cert.encode()) == 1
assert lib.SSL_CTX_use_PrivateKey_file(context, key.encode(), 1) == 1
assert lib.SSL_CTX_load_verify_locations(context, ca.encode(), None) == 1
lib.SSL_CTX_set_verify(context, 3, None)
assert lib.SSL_CTX_set_purpose(context, 7) == 1  # any: the certificates are for servers
ssl = lib.SSL_new(context)
to_us, from_us = crypto.BIO_new(crypto.BIO_s_mem()), crypto.BIO_new(crypto.BIO_s_mem())
lib.SSL_set_bio(ssl, to_us, from_us)
(lib.SSL_set_accept_state if role == "server" else lib.SSL_set_connect_state)(ssl)
done = False
for line in sys.stdin:
    line = line.strip()
    if line == "msk":
        out = ctypes.create_string_buffer(128)
        label, extra = (
            (b"EXPORTER_EAP_TLS_Key_Material", b"\x0d") if version == "TLSv1.3" else (b"client EAP encryption", b""))
        assert lib.SSL_export_keying_material(
            ssl, out, 128, label, len(label), extra, len(extra), 1 if extra else 0) == 1
        print(out.raw[:64].hex(), flush=True)
        continue
    data = bytes.fromhex(line)
    if data:
        crypto.BIO_write(to_us, data, len(data))
    if not done:
        done = lib.SSL_do_handshake(ssl) == 1
        if done and role == "server" and version == "TLSv1.3":
            lib.SSL_write(ssl, b"\0", 1)
    else:
        lib.SSL_read(ssl, ctypes.create_string_buffer(100), 100)
    buffer = ctypes.create_string_buffer(100000)
    size = crypto.BIO_read(from_us, buffer, 100000)
    print("done" if done else "going", buffer.raw[: max(size, 0)].hex(), flush=True)
