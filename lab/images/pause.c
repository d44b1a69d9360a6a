/* Holds a pod's namespaces open: it sleeps, and reaps orphaned processes. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void leave(int number) { (void)number; _exit(0); }

static void bury(int number)
{
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

int main(void)
{
    struct sigaction leaving = {.sa_handler = leave};
    struct sigaction burying = {.sa_handler = bury, .sa_flags = SA_NOCLDSTOP};

    if (sigaction(SIGINT, &leaving, NULL) || sigaction(SIGTERM, &leaving, NULL)
        || sigaction(SIGCHLD, &burying, NULL))
        return EXIT_FAILURE;
    for (;;)
        pause();
}
