// The same scanner: a timer says when it has warmed up.
//
//   loopscope record -- healthy_scan
#include <QCoreApplication>
#include <QTimer>

#include <cstdio>

int main(int argc, char** argv) {
  constexpr int kPages = 7, kWarmUpMs = 41, kEveryMs = 101;
  QCoreApplication application(argc, argv);
  QTimer next;
  int pages = 0;
  const auto scan = [&] {
    if (++pages == kPages) QCoreApplication::quit();
  };
  QObject::connect(&next, &QTimer::timeout, &next, [&] { QTimer::singleShot(kWarmUpMs, &next, scan); });
  next.start(kEveryMs);
  const int status = QCoreApplication::exec();
  std::printf("%d pages\n", pages);
  return status;
}
