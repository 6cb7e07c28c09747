/* Does what its first argument says, and knows nothing of loopscope. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char** environ;

static int copy_input(void) {
  char buffer[65536];
  ssize_t got;
  while ((got = read(0, buffer, sizeof buffer)) > 0) {
    for (ssize_t at = 0; at < got;) at += write(1, buffer + at, (size_t)(got - at));
  }
  fprintf(stderr, "copied\n");
  return 0;
}

/* What a program inherits. */
static int describe(int argc, char** argv) {
  char text[4096];
  for (int i = 0; i < argc; ++i) printf("argument %s\n", argv[i]);
  printf("folder %s\n", getcwd(text, sizeof text));
  DIR* folder = opendir("/proc/self/fd");
  for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
    int fd = atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != dirfd(folder)) printf("descriptor %d\n", fd);
  }
  closedir(folder);
  FILE* status = fopen("/proc/self/status", "r");
  while (fgets(text, sizeof text, status)) {
    if (strncmp(text, "SigBlk", 6) == 0 || strncmp(text, "SigIgn", 6) == 0 ||
        strncmp(text, "SigCgt", 6) == 0) {
      fputs(text, stdout);
    }
  }
  fclose(status);
  printf("same group %d\n", getpgrp() == getpgid(getppid()));
  for (char** entry = environ; *entry; ++entry) printf("environment %s\n", *entry);
  return 0;
}

/* Says "ready", then one line for each signal, until SIGTERM. */
static int report_signals(void) {
  sigset_t reported;
  sigfillset(&reported);
  sigdelset(&reported, SIGTSTP);
  sigdelset(&reported, SIGCONT);
  sigprocmask(SIG_BLOCK, &reported, NULL);
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    int signal = sigwaitinfo(&reported, NULL);
    if (signal < 0) continue;
    printf("signal %d\n", signal);
    fflush(stdout);
    if (signal == SIGTERM) return 23;
  }
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "exit") == 0) return atoi(argv[2]);
  if (strcmp(what, "die") == 0) return raise(atoi(argv[2])), 1;
  if (strcmp(what, "copy") == 0) return copy_input();
  if (strcmp(what, "describe") == 0) return describe(argc, argv);
  if (strcmp(what, "wait") == 0) return printf("ready\n"), fflush(stdout), pause(), 0;
  if (strcmp(what, "signals") == 0) return report_signals();
  return 2;
}
