-- How a call asked for its schema: native, strict_tool, tool, prompt; or fields: for no more than
-- what was wrong in the answer before. Its answer is kept merged then.
ALTER TABLE usage ADD COLUMN mode text;
