#ifndef LIKENESS_CURL_CONNECTION_H
#define LIKENESS_CURL_CONNECTION_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One request after the other over the system's libcurl. The library is loaded when the first connection is made, and not before: it brings
// some 25 others with it, which a program that asks no web server should not wait for.

/// A connection: it is kept open between requests, and may be used by one thread at a time.
typedef struct curl_connection curl_connection;

/// What is asked.
typedef struct {
    /// GET, HEAD, PUT, POST or DELETE.
    const char *method;
    const char *url;
    /// "Name: value" each.
    const char *const *headers;
    size_t header_count;
    const uint8_t *body;
    size_t body_count;
    /// Milliseconds to connect in.
    long connect_limit;
    /// Milliseconds in which at least some bytes must move.
    long stall_limit;
    /// Milliseconds for all of it; 0 for any time.
    long total_limit;
    bool follows_redirects;
    /// Handed to the functions below.
    void *context;
    /// Takes a line of the response's header.
    void (*take_header)(void *context, const char *line, size_t count);
    /// Takes bytes of the response's body; false ends the request.
    bool (*take_body)(void *context, const uint8_t *bytes, size_t count);
    /// Asked several times a second: true ends the request.
    bool (*is_cancelled)(void *context);
} curl_connection_request;

/// How a request ended.
typedef enum {
    curl_connection_done,
    /// `take_body` or `is_cancelled` ended it.
    curl_connection_ended,
    /// The connection failed, or was cut, or was too slow: another try may succeed.
    curl_connection_failed,
    /// The certificate is not trusted, the address makes no sense, and the like: another try does not help.
    curl_connection_refused,
} curl_connection_outcome;

/// Makes a connection; NULL if libcurl is not there.
curl_connection *curl_connection_open(void);

/// Ends it.
void curl_connection_close(curl_connection *connection);

/// Asks, and returns when the answer is there or there will be none.
///
/// `reason` gets words for what failed, `reason_size` bytes at most.
curl_connection_outcome curl_connection_perform(
    curl_connection *connection, const curl_connection_request *request, char *reason, size_t reason_size);

#endif
