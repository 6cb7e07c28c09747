// The same album: thumbnails are computed by a worker thread, and shown when they are ready.
//
//   loopscope record -- healthy_thumbnail
#include <gio/gio.h>

#include "samples/glib/thumbnails.h"

namespace {

void compute(GTask* task, gpointer, gpointer picture, GCancellable*) {
  g_task_return_int(task, static_cast<gssize>(thumbnail_of(*static_cast<Picture*>(picture))));
}

void on_thumbnail(GObject*, GAsyncResult* result, gpointer data) {
  static_cast<Album*>(data)->show(static_cast<std::uint32_t>(g_task_propagate_int(G_TASK(result), nullptr)));
}

gboolean on_picture(gpointer data) {
  auto* album = static_cast<Album*>(data);
  GTask* task = g_task_new(nullptr, nullptr, on_thumbnail, album);
  g_task_set_task_data(task, new Picture(album->next()),
                       [](gpointer picture) { delete static_cast<Picture*>(picture); });
  g_task_run_in_thread(task, compute);
  g_object_unref(task);
  return album->is_asked_for() ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

}  // namespace

int main() { return Album().run(on_picture); }
