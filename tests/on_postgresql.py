"""Which tests run on PostgreSQL in the suite, and which of those only in the longer proof.

Every test of a file that is not named here runs on both databases. Of the files here, those in KEPT
send PostgreSQL together each statement that all of them would, or hold what its locks, its order
and its types decide; the rules that the others hold are in Python, and SQLite shows them as well.
`make faults` runs all.
"""

SLOW = (
    "test_faults_killed", "test_faults_frozen", "test_faults_files", "test_faults_in_doubt",
    "test_import_interrupted",
)  # fmt: skip
"""Files whose tests kill or freeze processes, or wait for a wire: up to seconds a test."""

ALIKE = (
    "test_faults_restored", "test_faults_time", "test_faults_calendar", "test_storms",
    "test_coming_back", "test_web_unsubscribe", "test_reviews", "test_digest", "test_alarms",
    "test_provider_faults", "test_unclear_answers", "test_faults_changed", "test_sms_answers",
)  # fmt: skip
"""Files whose rules are in Python; the queries beneath them have tests of their own."""

HEART = (
    "test_f06_", "test_f20_", "test_f32_", "test_f36_",
    "test_c01_c06_f45_one_click_", "test_f48_", "test_f49_a_day_", "test_f52_after_three_days_",
    "test_f53_what_nobody_can_tell_", "test_f27_two_workers_",
    "test_after_downtime_", "test_a_backlog_leaves_", "test_what_is_to_be_sent_again_",
)  # fmt: skip
"""The heart of each of those, kept: an answer that is lost, or comes after its event."""

KEPT = {
    "test_benchmark_record": ("test_touches_made_in_bulk_fall_due_one_a_second",),
    "test_candidates": (
        "test_many_come_in_pages",
        "test_only_those_come_who_are_asked_for",
        "test_the_contract_that_ends_first_comes_first",
        "test_who_is_in_nobodys_hand_is_idle",
        "test_who_is_quiet_comes_by_the_last_order",
    ),
    "test_capped": (
        "test_a_higher_priority_that_is_planned_later_moves_the_lower_one",
        "test_c15_a_number_that_customers_share_has_one_cap_for_sms",
        "test_of_two_gates_at_once_one_alone_lets_a_message_into_the_room_for_one",
        "test_one_worker_after_the_other_counts_a_customers_messages",
    ),
    "test_consent_proof": (
        "test_an_end_is_told_on_the_timeline_and_on_the_customers_page",
        "test_c17_an_erasure_blanks_texts_and_leaves_its_mark",
        "test_c17_the_database_refuses_to_change_a_row_of_consent",
    ),
    "test_delivery": (
        "test_a_customer_whose_zone_is_unknown_holds_up_nobody",
        "test_a_new_customer_gets_the_first_message_once",
        "test_a_number_that_opted_out_at_the_provider_is_suppressed",
        "test_a_public_holiday_is_waited_over_by_the_planner_and_at_the_gate",
        "test_a_refused_gate_keeps_the_answers_of_the_batch_before",
        "test_a_version_that_cannot_be_read_stops_neither_others_nor_an_opt_out",
        "test_a_webhook_after_the_review_does_not_push_the_cadence_on_twice",
        "test_an_opt_out_after_the_claim_wins",
        "test_c14_an_sms_is_planned_for_the_customers_own_day_and_held_to_it_at_the_gate",
        "test_the_database_refuses_a_second_live_attempt",
        "test_two_workers_at_once_send_once",
    ),
    "test_faults_stopped": ("test_f13_what_was_claimed_and_not_begun_is_anybodys_at_once",),
    "test_freshness": (
        "test_a_planned_touch_counts_as_long_as_it_is_really_queued",
        "test_a_touch_that_never_leaves_counts_for_thirty_days",
        "test_a_waiver_counts_until_its_day",
        "test_each_customer_counts_once_by_the_strongest_cover",
        "test_out_of_touch_is_counted_by_tier_though_in_hand",
        "test_the_list_is_limited_and_the_count_is_not",
        "test_whose_cadence_or_waiver_ended_might_be_taken_over_by_one_that_is_held_up",
    ),
    "test_idle_pass": ("test_what_another_worker_holds_is_not_ready_until_its_lease_is_over",),
    "test_import_customers": (
        "test_a_row_becomes_a_customer_with_consent_and_its_proof",
        "test_a_state_that_is_none_is_a_warning_only",
        "test_good_rows_go_in_and_bad_ones_are_named",
        "test_importing_twice_changes_nothing",
        "test_invisible_characters_are_refused",
        "test_progress_tells_the_bytes_read",
        "test_whom_a_phone_means_depends_on_the_other_rows",
    ),
    "test_import_dealings": (
        "test_a_contract_goes_in_and_can_be_prolonged",
        "test_a_double_order_is_found_far_apart_too",
        "test_an_order_can_be_corrected",
        "test_importing_orders_twice_changes_nothing",
    ),
    "test_likeness": ("test_who_is_near_is_named",),
    "test_listening_delivery": (
        "test_a_large_batch_is_taken_in_whole",
        "test_a_spam_complaint_is_an_opt_out",
        "test_an_attempt_proven_absent_says_nothing_of_the_one_after_it",
        "test_an_event_before_our_own_record_of_the_answer_proves_acceptance",
        "test_an_event_without_our_mark_is_matched_by_the_providers_id",
        "test_f35_the_same_event_46_times_is_stored_and_applied_once",
        "test_words_that_no_database_takes_are_stored_without_them",
    ),
    "test_listening_people": (
        "test_c10_one_setting_makes_a_stop_hold_for_all_channels",
        "test_start_does_not_lift_an_opt_out_made_by_the_link",
        "test_stop_is_proven_by_a_row_of_consent",
    ),
    "test_looking_up": ("test_one_message_answers_for_one_attempt",),
    "test_notes": (
        "test_a_named_task_is_closed_whatever_its_kind",
        "test_a_waiver_is_kept_with_its_reason_and_settles_the_same",
        "test_another_customers_task_is_refused_and_nothing_is_kept",
        "test_each_kind_closes_the_oldest_task_of_its_own",
    ),
    "test_one_pass": ("test_what_was_sent_is_followed_by_the_next_step",),
    "test_opting_out": (
        "test_a_touch_on_the_closed_channel_stands_as_nobodys_next_one",
        "test_a_touch_that_can_go_by_the_other_channel_is_planned_for_that_one",
    ),
    "test_planning": (
        "test_a_second_start_on_the_same_day_has_touches_of_its_own",
        "test_a_stored_cadence_that_cannot_be_read_holds_up_nobody_else",
        "test_pages_of_new_customers_are_each_planned_once",
        "test_planning_ends_where_every_step_is_on_record",
        "test_steps_that_are_on_record_already_are_passed_over_in_one_go",
        "test_two_planners_may_store_the_same_cadence_at_once",
        "test_who_has_two_contracts_is_asked_about_one_at_a_time",
        "test_who_is_on_a_cadence_already_does_not_start_on_it_for_another_quiet_spell",
    ),
    "test_privacy_erase": (
        "test_a_message_on_its_way_keeps_what_it_is_looked_up_by_and_no_more",
        "test_a_message_that_waited_for_a_persons_word_is_given_up",
        "test_a_phone_that_somebody_else_has_as_well_stays_theirs",
        "test_c20_no_row_names_an_erased_customer",
        "test_c20_postgresql_is_vacuumed_with_its_samples",
        "test_c20_the_ledger_keeps_its_rows",
        "test_c21_a_suppression_that_was_lifted_holds_again",
        "test_c21_an_import_leaves_the_erased_out_and_says_where_they_stand",
        "test_the_page_of_the_erased_has_what_happened_and_nothing_of_theirs",
        "test_what_is_planned_or_waits_for_a_person_ends_with_its_reason",
        "test_what_was_quoted_of_others_is_struck_out_of_their_words_alone",
    ),
    "test_privacy_export": (
        "test_c19_s07_its_files_say_the_same_and_no_cell_is_a_formula",
        "test_c19_the_export_has_every_column_of_every_table_that_holds_something",
    ),
    "test_privacy_listening": (
        "test_a_reply_of_theirs_is_counted_and_not_kept",
        "test_a_start_of_theirs_lifts_nothing",
    ),
    "test_privacy_requests": (
        "test_a_message_that_stays_in_doubt_is_given_up_and_no_task_for_a_person",
        "test_c20_a_provider_that_does_not_do_it_is_asked_again_ever_more_rarely",
        "test_nobody_is_asked_while_a_message_is_on_its_way",
        "test_what_a_person_did_at_the_provider_is_asked_for_no_more",
    ),
    "test_retention": (
        "test_a_reply_that_somebody_has_yet_to_answer_keeps_its_words",
        "test_a_second_time_finds_nothing",
        "test_c22_an_old_event_that_could_never_be_applied_goes_whole",
        "test_c22_old_replies_lose_their_words_and_stay_known_to_have_come",
        "test_c22_old_words_go_and_the_attempt_stays",
        "test_more_than_a_batch_goes_in_one_call",
        "test_proofs_go_after_two_years",
    ),
    "test_scopes": ("test_c02_service_mail_outlives_an_opt_out_of_marketing_and_no_other",),
    "test_timeline": (
        "test_a_waiver_is_ahead_with_its_reason",
        "test_an_unknown_customer_is_named_and_the_near_ones_too",
        "test_of_one_instant_the_cause_is_told_before_what_came_of_it",
        "test_refusals_doubts_and_skips_say_why",
    ),
    "test_uncovered": (
        "test_contacts_made_meanwhile_hide_nobody_and_list_nobody_twice",
        "test_of_equal_ones_those_added_first_come_first",
        "test_who_comes_back_meanwhile_moves_nobody_to_another_page",
        "test_who_left_or_is_waived_is_walked_past",
        "test_who_was_never_in_touch_comes_first_then_the_longest_silent",
    ),
    "test_wishes_kept": ("test_a_wish_counts_that_was_written_down_before_the_gate_began",),
}
"""By file, the tests that are kept."""


def is_left_out(file: str, test: str) -> bool:
    """Whether the suite runs this test of this file (without `.py`) on SQLite alone."""
    if file in KEPT:
        return test.partition("[")[0] not in KEPT[file]
    return file in (*SLOW, *ALIKE) and not test.startswith(HEART)
