-- An answer may be that of a question which was only nearly the same.
ALTER TABLE stages DROP CONSTRAINT stages_cache_check;
ALTER TABLE stages ADD CONSTRAINT stages_cache_check
    CHECK (cache IN ('hit', 'miss', 'shared', 'semantic'));
