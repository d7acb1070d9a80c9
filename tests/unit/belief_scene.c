/* SPDX-License-Identifier: MIT
 *
 * What the tests of belief on a model chain share.
 */
#include "belief_scene.h"
#include "test.h"

struct model *started(uint32_t n, int *ret_head)
{
	struct model *model = model_new(1, 21);

	*ret_head = model_run(model, -1, n);
	model_up(model, 0);
	model_push_line(model, 0, -1, *ret_head);
	return model;
}

struct model *watching(uint32_t n, int *ret_head)
{
	struct model *model = model_new(1, 21);

	*ret_head = model_run(model, -1, n);
	model_up(model, 0);
	assert_int_equal(belief_watch(model->belief, "w5", 1), GW_OK);
	model_push_line(model, 0, -1, *ret_head);
	return model;
}

struct model *two_nodes(int *ret_head)
{
	struct model *model = model_new(2, 21);

	*ret_head = model_run(model, -1, 30);
	model_up(model, 0);
	model_up(model, 1);
	for (int i = 0; i <= *ret_head; i++) {
		model_push_header(model, 1, i);
		model_push(model, 0, i);
	}
	return model;
}

int push_next(struct model *model, int head)
{
	head = model_block(model, head, 1);
	model_push(model, 0, head);
	return head;
}

int away(struct model *model, int head, uint32_t n)
{
	model_down(model, 0);
	head = model_run(model, head, n);
	model_stand(model, 0, head);
	model->mono_ms += (int64_t)n * 3000;
	return head;
}

const struct gw_block_event *event_at(const struct model *model, uint32_t back)
{
	assert_true(model->event_count > back);
	return &model->events[model->event_count - 1 - back];
}

void assert_head(const struct model *model, int block)
{
	const struct gw_block_event *event = event_at(model, 0);

	assert_int_equal(event->num, model->blocks[block].block.num);
	assert_string_equal(event->id, model->blocks[block].block.id);
	assert_string_equal(view_of(model, "w1").head_id, event->id);
}

struct chain_view view_of(const struct model *model, const char *witness)
{
	struct gw_now now = model_now(model);
	struct chain_view view;

	belief_view(model->belief, witness, &now, &view);
	return view;
}

uint32_t fetches(const struct model *model)
{
	return model->action_counts[BELIEF_ASK_WITNESS];
}

void assert_key(const struct model *model, const char *key)
{
	struct gw_now now = model_now(model);
	struct chain_view view;

	belief_view(model->belief, "w5", &now, &view);
	assert_string_equal(view.signing_key, key);
	assert_string_equal(belief_witness(model->belief, "w5")->signing_key, key);
}
