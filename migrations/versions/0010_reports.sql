-- How an answer came to satisfy its schema, and where in the document its values stand.
ALTER TABLE stages ADD COLUMN report json;
