/* A burst of requests, with as little between it and the kernel as possible: burst_client PORT CONNECTIONS.

   Opens the connections, sends one request on each and reads its answer. Then it waits until they have settled, sends
   one more request on each, and prints the nanoseconds from before the first one until the last answer has arrived.
   An answer is complete when as many bytes have arrived as the first answer on its connection had. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define SETTLE_US 100000

static char buffer[1 << 16];
static char request[128];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static ssize_t read_some(int connection, size_t from) {
    ssize_t count = read(connection, buffer + from, sizeof buffer - 1 - from);
    if (count <= 0) die("read");
    return count;
}

static void send_request(int connection) {
    if (write(connection, request, strlen(request)) != (ssize_t)strlen(request)) die("write");
}

static int open_connection(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection, (struct sockaddr *)&address, sizeof address)) die("connect");
    if (setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one)) die("setsockopt");
    return connection;
}

/* Reads one answer, and returns its length. */
static size_t read_answer(int connection) {
    size_t count = 0, length = 0;
    while (!length || count < length) {
        count += read_some(connection, count);
        buffer[count] = 0;
        char *end = strstr(buffer, "\r\n\r\n"), *announced = strcasestr(buffer, "\r\ncontent-length:");
        if (end && announced) length = end + 4 - buffer + strtoul(announced + 17, NULL, 10);
    }
    return length;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int port = atoi(argv[1]), connections = atoi(argv[2]), poll = epoll_create1(0);
    int *opened = calloc(connections, sizeof *opened);
    size_t *missing = calloc(connections, sizeof *missing);
    struct epoll_event *events = calloc(connections, sizeof *events);
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: */*\r\n\r\n", port);
    for (int number = 0; number < connections; number++) {
        opened[number] = open_connection(port);
        send_request(opened[number]);
        missing[number] = read_answer(opened[number]);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, opened[number], &event)) die("epoll_ctl");
    }
    usleep(SETTLE_US);

    long long start_ns = now_ns();
    for (int number = 0; number < connections; number++) send_request(opened[number]);
    for (int left = connections; left;) {
        int ready = epoll_wait(poll, events, connections, -1);
        for (int index = 0; index < ready; index++) {
            unsigned number = events[index].data.u32;
            missing[number] -= read_some(opened[number], 0);
            left -= !missing[number];
        }
    }
    printf("%lld\n", now_ns() - start_ns);
    return 0;
}
