/* The pause image's program, in place of Kubernetes' own: holds a pod's namespaces and reaps orphans; -v: its version. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void stop(int signal_number) {
  (void)signal_number;
  _exit(0);
}

static void reap(int signal_number) {
  (void)signal_number;
  while (waitpid(-1, NULL, WNOHANG) > 0)
    ;
}

int main(int count, char **words) {
  struct sigaction on_child = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP};
  /* kubeadm upgrade runs a Job that does no more than this. */
  if (count > 1 && strcmp(words[1], "-v") == 0)
    return puts("pause.c lab") < 0;
  signal(SIGINT, stop);
  signal(SIGTERM, stop);
  sigaction(SIGCHLD, &on_child, NULL);
  for (;;)
    pause();
}
