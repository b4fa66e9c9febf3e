-- Whether any file of a thread was taken is asked by the thread.
CREATE INDEX source_file_by_thread ON source_file (thread_id);
