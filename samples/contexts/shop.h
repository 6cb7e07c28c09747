// A shop's server on libuv, such as it is written in callbacks: three routes, each of which asks something and answers later.
// It tells the recording what a request is and whose: the one part that no recorder can know. Loop thread.
#pragma once

#include <uv.h>

#include <loopscope/loopscope.hpp>

#include <cstdint>
#include <cstdio>
#include <string>

class Shop {
 public:
  struct Route {
    const char* name;
    uint64_t asks_ms;      // until what it asks is answered
    uint64_t computes_ms;  // in the answer's callback
  };

  explicit Shop(uv_loop_t* loop) : loop_(loop) {}

  // A request comes in.
  void receive(const Route& route) { (new Request(*this, route))->ask(); }

  int answered() const { return answered_; }
  // Of the answered requests of a route, in ms.
  double longest_ms(const std::string& route) const { return route == "/report" ? longest_report_ms_ : 0; }

 private:
  class Request {
   public:
    Request(Shop& shop, const Route& route) : shop_(shop), route_(route), begun_ns_(uv_hrtime()) {
      static const loopscope::Site kSite("request");
      task_ = loopscope::Task(kSite);
      loopscope_task_context(task_.id(), "route", route.name);
      loopscope_task_context(task_.id(), "request", std::to_string(++shop.received_).c_str());
      uv_timer_init(shop.loop_, &timer_);
      timer_.data = this;
    }

    void ask() {
      const loopscope::Span span(task_);
      uv_timer_start(&timer_, &Request::on_answer, route_.asks_ms, 0);  // the request waits
    }

   private:
    static void on_answer(uv_timer_t* timer) { static_cast<Request*>(timer->data)->answer(); }

    void answer() {
      {
        const loopscope::Span span(task_);
        compute(route_.computes_ms);
        ++shop_.answered_;
        const double took_ms = static_cast<double>(uv_hrtime() - begun_ns_) / 1e6;
        if (route_.name == std::string("/report") && took_ms > shop_.longest_report_ms_)
          shop_.longest_report_ms_ = took_ms;
      }
      task_.finish();
      uv_close(reinterpret_cast<uv_handle_t*>(&timer_),
               [](uv_handle_t* handle) { delete static_cast<Request*>(handle->data); });
    }

    static void compute(uint64_t ms) {
      const uint64_t until = uv_hrtime() + ms * 1'000'000;
      while (uv_hrtime() < until) {  // the route that computes
      }
    }

    Shop& shop_;
    Route route_;
    uint64_t begun_ns_;
    uv_timer_t timer_;
    loopscope::Task task_;
  };

  uv_loop_t* loop_;
  int received_ = 0;
  int answered_ = 0;
  double longest_report_ms_ = 0;
};

// Requests in a fixed order: every 151 ms a report, an export after 80 ms and an item after 140 ms.
class Customers {
 public:
  Customers(Shop& shop, int rounds, const Shop::Route& report, const Shop::Route& other)
      : shop_(shop), left_(3 * rounds), report_(report), other_(other) {}

  void start(uv_loop_t* loop) {
    uv_timer_init(loop, &timer_);
    timer_.data = this;
    uv_timer_start(&timer_, &Customers::on_time, 1, 0);
  }

 private:
  static void on_time(uv_timer_t* timer) { static_cast<Customers*>(timer->data)->ask(); }

  void ask() {
    static constexpr Shop::Route kItem{"/item", 3, 0};
    const int turn = turn_++ % 3;
    shop_.receive(turn == 0 ? report_ : turn == 1 ? other_ : kItem);
    if (--left_ == 0) {
      uv_close(reinterpret_cast<uv_handle_t*>(&timer_), nullptr);
      return;
    }
    uv_timer_start(&timer_, &Customers::on_time, turn == 0 ? 80 : turn == 1 ? 60 : 11, 0);
  }

  Shop& shop_;
  uv_timer_t timer_;
  int left_;
  int turn_ = 0;
  Shop::Route report_;
  Shop::Route other_;
};

inline int serve(int rounds, const Shop::Route& report, const Shop::Route& other) {
  uv_loop_t* const loop = uv_default_loop();
  Shop shop(loop);
  Customers customers(shop, rounds, report, other);
  customers.start(loop);
  uv_run(loop, UV_RUN_DEFAULT);
  std::printf("%d answered, the longest report after %.3f ms\n", shop.answered(), shop.longest_ms("/report"));
  return 0;
}
