// A slot that sleeps until a scanner has warmed up.
//
//   loopscope record -- blocking_scan
#include <QCoreApplication>
#include <QThread>
#include <QTimer>

#include <cstdio>

int main(int argc, char** argv) {
  constexpr int kPages = 7, kWarmUpMs = 41, kEveryMs = 101;
  QCoreApplication application(argc, argv);
  QTimer next;
  int pages = 0;
  QObject::connect(&next, &QTimer::timeout, &next, [&] {
    QThread::msleep(kWarmUpMs);  // the block
    if (++pages == kPages) QCoreApplication::quit();
  });
  next.start(kEveryMs);
  const int status = QCoreApplication::exec();
  std::printf("%d pages\n", pages);
  return status;
}
