/* SPDX-License-Identifier: MIT */
#include "video.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#ifndef HAVE_LIBAV

int view_video(struct view *v, const char *path, uint32_t *missing, char why[VIEW_VIDEO_WHY])
{
	(void)v;
	(void)path;
	*missing = 0;
	snprintf(why, VIEW_VIDEO_WHY, "films are not built in: libav was missing");
	return -1;
}

#else

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <sys/stat.h>
#include <unistd.h>

#define TICKS      90000 /* a second */
#define BIT_RATE   8000000
#define PICTURE_MS 120000
#define POLL_MS    200

struct film {
	AVFormatContext *out;
	AVCodecContext *codec;
	AVStream *stream;
	AVFrame *frame;
	AVPacket *packet;
	struct SwsContext *scale;
	bool opened;
	int64_t last; /* ticks of the last frame */
	char *why;
};

/* `what` failed, the file itself when it is NULL. */
static int fail(struct film *f, const char *what, int error)
{
	char text[AV_ERROR_MAX_STRING_SIZE] = "";

	av_strerror(error, text, sizeof(text));
	snprintf(f->why, VIEW_VIDEO_WHY, "%s%s%s", what ? what : "", what ? ": " : "", text);
	return -1;
}

static int begin_codec(struct film *f, const AVCodec *codec, uint32_t width, uint32_t height)
{
	int ret;

	f->codec = avcodec_alloc_context3(codec);
	f->stream = avformat_new_stream(f->out, NULL);
	if (!f->codec || !f->stream)
		return fail(f, NULL, AVERROR(ENOMEM));
	/* Colours are kept at half the size: only even sizes can be. */
	f->codec->width = (int)(width & ~1u);
	f->codec->height = (int)(height & ~1u);
	f->codec->pix_fmt = codec->pix_fmts ? codec->pix_fmts[0] : AV_PIX_FMT_YUV420P;
	f->codec->time_base = (AVRational) { 1, TICKS };
	f->codec->framerate = (AVRational) { 60, 1 };
	/* As good as the eye asks for; codecs that do not know that take a rate. */
	if (!f->codec->priv_data || av_opt_set(f->codec->priv_data, "crf", "18", 0))
		f->codec->bit_rate = BIT_RATE;
	f->codec->max_b_frames = 0;
	if (f->out->oformat->flags & AVFMT_GLOBALHEADER)
		f->codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	f->stream->time_base = f->codec->time_base;
	ret = avcodec_open2(f->codec, codec, NULL);
	if (ret < 0)
		return fail(f, codec->name, ret);
	ret = avcodec_parameters_from_context(f->stream->codecpar, f->codec);
	return ret < 0 ? fail(f, codec->name, ret) : 0;
}

static int begin(struct film *f, const char *path, uint32_t width, uint32_t height)
{
	const AVOutputFormat *format = av_guess_format(NULL, path, NULL);
	const AVCodec *codec;
	int ret;

	if (!format) {
		snprintf(f->why, VIEW_VIDEO_WHY, "its end names no film: .mp4, .webm, .mkv");
		return -1;
	}
	ret = avformat_alloc_output_context2(&f->out, format, NULL, path);
	if (ret < 0)
		return fail(f, NULL, ret);
	codec = avcodec_find_encoder(f->out->oformat->video_codec);
	if (!codec || width < 2 || height < 2)
		return fail(f, NULL, AVERROR_ENCODER_NOT_FOUND);
	if (begin_codec(f, codec, width, height))
		return -1;
	f->frame = av_frame_alloc();
	f->packet = av_packet_alloc();
	if (!f->frame || !f->packet)
		return fail(f, NULL, AVERROR(ENOMEM));
	f->frame->format = f->codec->pix_fmt;
	f->frame->width = f->codec->width;
	f->frame->height = f->codec->height;
	ret = av_frame_get_buffer(f->frame, 0);
	if (ret >= 0)
		ret = avio_open(&f->out->pb, path, AVIO_FLAG_WRITE);
	f->opened = ret >= 0;
	if (ret >= 0)
		ret = avformat_write_header(f->out, NULL);
	return ret < 0 ? fail(f, NULL, ret) : 0;
}

/* What the codec has ready. */
static int take_packets(struct film *f, int64_t duration)
{
	int ret;

	while ((ret = avcodec_receive_packet(f->codec, f->packet)) >= 0) {
		f->packet->stream_index = 0;
		f->packet->duration = duration;
		av_packet_rescale_ts(f->packet, f->codec->time_base, f->stream->time_base);
		ret = av_interleaved_write_frame(f->out, f->packet);
		if (ret < 0)
			return fail(f, NULL, ret);
	}
	return ret == AVERROR(EAGAIN) || ret == AVERROR_EOF ? 0 : fail(f, NULL, ret);
}

static int add(struct film *f, const struct view_picture *picture, int64_t ticks)
{
	const uint8_t *pixels[] = { (const uint8_t *)picture->pixels };
	const int stride[] = { (int)picture->width * 4 };
	int ret;

	f->scale = sws_getCachedContext(f->scale, (int)picture->width, (int)picture->height,
					AV_PIX_FMT_RGB32, f->codec->width, f->codec->height,
					f->codec->pix_fmt, SWS_BILINEAR, NULL, NULL, NULL);
	ret = f->scale ? av_frame_make_writable(f->frame) : AVERROR(ENOMEM);
	if (ret < 0)
		return fail(f, NULL, ret);
	sws_scale(f->scale, pixels, stride, 0, (int)picture->height, f->frame->data,
		  f->frame->linesize);
	/* Two in one tick come one after the other. */
	f->last = ticks > f->last ? ticks : f->last + 1;
	f->frame->pts = f->last;
	ret = avcodec_send_frame(f->codec, f->frame);
	return ret < 0 ? fail(f, NULL, ret) : take_packets(f, 0);
}

static int end(struct film *f)
{
	int ret = avcodec_send_frame(f->codec, NULL);

	if (ret < 0)
		return fail(f, NULL, ret);
	if (take_packets(f, TICKS / 60))
		return -1;
	ret = av_write_trailer(f->out);
	return ret < 0 ? fail(f, NULL, ret) : 0;
}

/* With an error, what was written of the file at `path` is removed. */
static void finish(struct film *f, const char *path)
{
	struct stat st;

	if (f->opened)
		avio_closep(&f->out->pb);
	if (f->opened && path && !stat(path, &st) && S_ISREG(st.st_mode))
		unlink(path);
	sws_freeContext(f->scale);
	av_packet_free(&f->packet);
	av_frame_free(&f->frame);
	avcodec_free_context(&f->codec);
	avformat_free_context(f->out);
}

static const struct view_picture *await(struct view_pictures *p, uint32_t frame)
{
	const struct view_picture *picture;
	unsigned int ms;

	for (ms = 0; ms < PICTURE_MS; ms += POLL_MS) {
		picture = view_pictures_full(p, frame);
		if (picture || view_pictures_missing(p, frame))
			return picture && picture->pixels && picture->width ? picture : NULL;
		view_pictures_update(p, POLL_MS);
	}
	return NULL;
}

int view_video(struct view *v, const char *path, uint32_t *missing, char why[VIEW_VIDEO_WHY])
{
	const struct view_picture *picture;
	const struct view_shown *shown;
	struct film f = { .last = -1, .why = why };
	uint64_t first_ns = 0;
	struct view_frame frame;
	uint32_t i;
	int ret = 0;

	*missing = 0;
	av_log_set_level(AV_LOG_ERROR);
	snprintf(why, VIEW_VIDEO_WHY, "no frame in sight has a picture");
	if (v->frame == VIEW_NONE || !v->pictures)
		return -1;
	shown = &v->m->shown[view_model_frame(v->m, v->frame).scanout];
	for (i = 0; !ret && i < shown->count; i++) {
		frame = view_model_frame(v->m, view_shown_item(shown, i));
		if (frame.time_ns < v->from_ns || frame.time_ns >= v->to_ns)
			continue;
		picture = await(v->pictures, view_shown_item(shown, i));
		if (!picture) {
			++*missing;
			continue;
		}
		if (!f.out) {
			first_ns = frame.time_ns;
			ret = begin(&f, path, picture->width, picture->height);
		}
		if (!ret)
			ret = add(&f, picture,
				  av_rescale((int64_t)(frame.time_ns - first_ns), TICKS,
					     1000000000));
	}
	if (!ret && f.out)
		ret = end(&f);
	else
		ret = -1;
	finish(&f, ret ? path : NULL);
	return ret ? ret : *missing != 0;
}

#endif
