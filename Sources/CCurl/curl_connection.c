#include "curl_connection.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The functions that are called, with the types that the header gives them.
static struct {
    __typeof__(&curl_global_init) global_init;
    __typeof__(&curl_easy_init) init;
    __typeof__(&curl_easy_cleanup) cleanup;
    __typeof__(&curl_easy_reset) reset;
    __typeof__(&curl_easy_setopt) setopt;
    __typeof__(&curl_easy_perform) perform;
    __typeof__(&curl_easy_strerror) strerror;
    __typeof__(&curl_slist_append) append;
    __typeof__(&curl_slist_free_all) free_all;
    bool is_there;
} library;

static pthread_once_t loaded = PTHREAD_ONCE_INIT;

static void load(void) {
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib", "libcurl.so"};
    void *found = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++) found = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!found) return;
    library.global_init = (__typeof__(library.global_init))dlsym(found, "curl_global_init");
    library.init = (__typeof__(library.init))dlsym(found, "curl_easy_init");
    library.cleanup = (__typeof__(library.cleanup))dlsym(found, "curl_easy_cleanup");
    library.reset = (__typeof__(library.reset))dlsym(found, "curl_easy_reset");
    library.setopt = (__typeof__(library.setopt))dlsym(found, "curl_easy_setopt");
    library.perform = (__typeof__(library.perform))dlsym(found, "curl_easy_perform");
    library.strerror = (__typeof__(library.strerror))dlsym(found, "curl_easy_strerror");
    library.append = (__typeof__(library.append))dlsym(found, "curl_slist_append");
    library.free_all = (__typeof__(library.free_all))dlsym(found, "curl_slist_free_all");
    if (!library.global_init || !library.init || !library.cleanup || !library.reset || !library.setopt || !library.perform
        || !library.strerror || !library.append || !library.free_all)
        return;
    library.is_there = library.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

struct curl_connection {
    CURL *handle;
    const curl_connection_request *request;
    bool was_ended;
};

curl_connection *curl_connection_open(void) {
    pthread_once(&loaded, load);
    if (!library.is_there) return NULL;
    curl_connection *connection = calloc(1, sizeof *connection);
    if (!connection) return NULL;
    connection->handle = library.init();
    if (!connection->handle) {
        free(connection);
        return NULL;
    }
    return connection;
}

void curl_connection_close(curl_connection *connection) {
    library.cleanup(connection->handle);
    free(connection);
}

static size_t header(char *bytes, size_t size, size_t count, void *context) {
    curl_connection *connection = context;
    connection->request->take_header(connection->request->context, bytes, size * count);
    return size * count;
}

static size_t body(char *bytes, size_t size, size_t count, void *context) {
    curl_connection *connection = context;
    if (connection->request->take_body(connection->request->context, (const uint8_t *)bytes, size * count)) return size * count;
    connection->was_ended = true;
    return 0;
}

static int progress(void *context, curl_off_t total, curl_off_t now, curl_off_t upload_total, curl_off_t upload_now) {
    (void)total, (void)now, (void)upload_total, (void)upload_now;
    curl_connection *connection = context;
    if (!connection->request->is_cancelled(connection->request->context)) return 0;
    connection->was_ended = true;
    return 1;
}

/// Whether another try may succeed.
static bool may_be_retried(CURLcode code) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_AGAIN:
        return true;
    default: return false;
    }
}

curl_connection_outcome curl_connection_perform(
    curl_connection *connection, const curl_connection_request *request, char *reason, size_t reason_size) {
    CURL *handle = connection->handle;
    char words[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < request->header_count; i++) headers = library.append(headers, request->headers[i]);
    connection->request = request;
    connection->was_ended = false;
    // Keeps the connection open, and takes back every option.
    library.reset(handle);
    library.setopt(handle, CURLOPT_ERRORBUFFER, words);
    library.setopt(handle, CURLOPT_NOSIGNAL, 1L);
    CURLcode code = library.setopt(handle, CURLOPT_URL, request->url);
    library.setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    library.setopt(handle, CURLOPT_HTTPHEADER, headers);
    library.setopt(handle, CURLOPT_USERAGENT, "likeness");
    library.setopt(handle, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
    library.setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, request->connect_limit);
    library.setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 10L);
    library.setopt(handle, CURLOPT_LOW_SPEED_TIME, (request->stall_limit + 999) / 1000);
    if (request->total_limit > 0) library.setopt(handle, CURLOPT_TIMEOUT_MS, request->total_limit);
    if (request->follows_redirects) {
        library.setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
        library.setopt(handle, CURLOPT_MAXREDIRS, 5L);
    }
#if LIBCURL_VERSION_NUM >= 0x075500
    library.setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    // A server that is asked over TLS does not send us where nobody proves who he is.
    library.setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, strncmp(request->url, "https:", 6) == 0 ? "https" : "http,https");
#endif
    library.setopt(handle, CURLOPT_HEADERFUNCTION, header);
    library.setopt(handle, CURLOPT_HEADERDATA, connection);
    library.setopt(handle, CURLOPT_WRITEFUNCTION, body);
    library.setopt(handle, CURLOPT_WRITEDATA, connection);
    library.setopt(handle, CURLOPT_BUFFERSIZE, 256L << 10);
    library.setopt(handle, CURLOPT_NOPROGRESS, 0L);
    library.setopt(handle, CURLOPT_XFERINFOFUNCTION, progress);
    library.setopt(handle, CURLOPT_XFERINFODATA, connection);
    if (strcmp(request->method, "HEAD") == 0) {
        library.setopt(handle, CURLOPT_NOBODY, 1L);
    } else if (strcmp(request->method, "GET") != 0) {
        library.setopt(handle, CURLOPT_CUSTOMREQUEST, request->method);
        if (strcmp(request->method, "DELETE") != 0) {
            library.setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_count);
            library.setopt(handle, CURLOPT_POSTFIELDS, request->body_count ? (const char *)request->body : "");
        }
    }
    if (code == CURLE_OK) code = library.perform(handle);
    library.setopt(handle, CURLOPT_HTTPHEADER, NULL);
    library.setopt(handle, CURLOPT_ERRORBUFFER, NULL);
    library.free_all(headers);
    if (code == CURLE_OK) return curl_connection_done;
    if (connection->was_ended) return curl_connection_ended;
    snprintf(reason, reason_size, "%s", words[0] ? words : library.strerror(code));
    return may_be_retried(code) ? curl_connection_failed : curl_connection_refused;
}
