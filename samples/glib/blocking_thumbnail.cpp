// A thumbnail that is computed in a handler of the main loop.
//
//   loopscope record -- blocking_thumbnail
#include "samples/glib/thumbnails.h"

namespace {

gboolean on_picture(gpointer data) {
  auto* album = static_cast<Album*>(data);
  const Picture picture = album->next();
  album->show(thumbnail_of(picture));  // the block
  return album->is_complete() ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

}  // namespace

int main() { return Album().run(on_picture); }
