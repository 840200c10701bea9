package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	openAPIDocument = "../../internal/rebillytest/openapi.yaml"
	published       = "testdata/openapi.yaml"
)

// change is a change to a file of the published document. An empty old text
// stands for the end of the file.
type change struct{ file, old, replacement string }

// changed returns the published document after a change.
func changed(t *testing.T, change change) fs.FS {
	t.Helper()
	folder := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS("testdata"), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join("testdata", name))
		folder[name] = &fstest.MapFile{Data: text}

		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	file, ok := folder[change.file]
	if !ok || !bytes.Contains(file.Data, []byte(change.old)) {
		t.Fatalf("%s has no %q", change.file, change.old)
	}
	if change.old == "" {
		file.Data = append(file.Data, change.replacement...)
	} else {
		file.Data = bytes.Replace(file.Data, []byte(change.old), []byte(change.replacement), 1)
	}

	return folder
}

// differences compares the fake's document with a published one.
func differences(t *testing.T, folder fs.FS) []string {
	t.Helper()
	ours, theirs := schema{}, schema{}
	if err := readFile(openAPIDocument, ours, everything); err != nil {
		t.Fatal(err)
	}
	if err := read(folder, "openapi.yaml", theirs, ours.covers); err != nil {
		t.Fatal(err)
	}

	return compare(ours, theirs)
}

// Every kind of change to the published document is a difference, with a line
// that names the operation, the place, and both values.
func TestCompare_differences(t *testing.T) {
	t.Parallel()
	const (
		export  = "components/OrganizationExport.yaml"
		file    = "components/File.yaml"
		exports = "paths/organization-exports.yaml"
		record  = "GET /files/{id} response 200 application/json "
		post    = "POST /organization-exports "
	)
	// inExports returns a line for each response that has exports.
	inExports := func(line string) []string {
		return []string{
			"GET /organization-exports response 200 application/json []" + line,
			"GET /organization-exports/{id} response 200 application/json " + line,
			post + "response 201 application/json " + line,
		}
	}
	tests := map[string]struct {
		change change
		want   []string
	}{
		"operation ID": {
			change{exports, "operationId: PostOrganizationExport", "operationId: CreateOrganizationExport"},
			[]string{post + `operation ID: ours has "PostOrganizationExport", Rebilly has "CreateOrganizationExport"`},
		},
		"operation that is removed": {
			change{"paths/files@{id}.yaml", "get:", "head:"},
			[]string{"GET /files/{id}: only ours has this operation"},
		},
		"path that is renamed": {
			change{"openapi.yaml", "/organization-exports:", "/organization-exports-v2:"},
			[]string{
				"GET /organization-exports: only ours has this operation",
				"GET /organization-exports-v2: only Rebilly has this operation",
				"POST /organization-exports: only ours has this operation",
				"POST /organization-exports-v2: only Rebilly has this operation",
			},
		},
		"new operation on exports": {
			change{"paths/organization-exports@{id}.yaml", "", "delete: { operationId: DeleteOrganizationExport }\n"},
			[]string{"DELETE /organization-exports/{id}: only Rebilly has this operation"},
		},
		"new field": {
			change{export, "properties:\n", "properties:\n  format: { type: string }\n"},
			inExports(`.format type: ours has nothing, Rebilly has "string"`),
		},
		"field that is removed": {
			change{file, "  sha1: { type: string }\n", ""},
			[]string{record + `.sha1 type: ours has "string", Rebilly has nothing`},
		},
		"field that is renamed": {
			change{exports, "includeFiles:", "withFiles:"},
			[]string{
				post + `request application/json .includeFiles default: ours has "false", Rebilly has nothing`,
				post + `request application/json .includeFiles type: ours has "boolean", Rebilly has nothing`,
				post + `request application/json .withFiles default: ours has nothing, Rebilly has "false"`,
				post + `request application/json .withFiles type: ours has nothing, Rebilly has "boolean"`,
			},
		},
		"field of an array's elements": {
			change{export, "recordCount: { type: integer }", "recordCount: { type: string }"},
			inExports(`.resources[].recordCount type: ours has "integer", Rebilly has "string"`),
		},
		"new value of an enum": {
			change{export, "[self, user, signedLink]", "[self, user, signedLink, audit]"},
			inExports(`._links[].rel enum: ours has "self, signedLink, user", Rebilly has "audit, self, signedLink, user"`),
		},
		"value of an enum that is removed": {
			change{export, "queued, ", ""},
			inExports(`.status enum: ours has "completed, expired, failed, pending, processing, queued", Rebilly has "completed, expired, failed, pending, processing"`),
		},
		"enum that is removed": {
			change{file, "    enum: [upload, camera, organization-export, organization-closure-export, null]\n", ""},
			[]string{record + `.sourceType enum: ours has "camera, organization-closure-export, organization-export, upload", Rebilly has nothing`},
		},
		"new enum": {
			change{file, "extension: { type: string }", "extension: { type: string, enum: [zip, pdf] }"},
			[]string{record + `.extension enum: ours has nothing, Rebilly has "pdf, zip"`},
		},
		"pattern": {
			change{"components/parameters.yaml", `@~`, `@`},
			[]string{
				`GET /files/{id} path parameter id pattern: ours has "^[@~\\-\\.\\w]+$", Rebilly has "^[@\\-\\.\\w]+$"`,
				`GET /organization-exports/{id} path parameter id pattern: ours has "^[@~\\-\\.\\w]+$", Rebilly has "^[@\\-\\.\\w]+$"`,
			},
		},
		"pattern that is removed": {
			change{"components/parameters.yaml", `    pattern: '^[@~\-\.\w]+$'`, ""},
			[]string{
				`GET /files/{id} path parameter id pattern: ours has "^[@~\\-\\.\\w]+$", Rebilly has nothing`,
				`GET /organization-exports/{id} path parameter id pattern: ours has "^[@~\\-\\.\\w]+$", Rebilly has nothing`,
			},
		},
		"new pattern": {
			change{file, "sha1: { type: string }", `sha1: { type: string, pattern: "^[0-9a-f]{40}$" }`},
			[]string{record + `.sha1 pattern: ours has nothing, Rebilly has "^[0-9a-f]{40}$"`},
		},
		"required field": {
			change{file, "type: object\n", "type: object\nrequired: [id, size]\n"},
			[]string{
				record + `.id required: ours has nothing, Rebilly has "true"`,
				record + `.size required: ours has nothing, Rebilly has "true"`,
			},
		},
		"required body": {
			change{exports, "  requestBody:\n", "  requestBody:\n    required: true\n"},
			[]string{post + `request required: ours has nothing, Rebilly has "true"`},
		},
		"required parameter": {
			change{"components/parameters.yaml", "name: q\n  in: query\n", "name: q\n  in: query\n  required: true\n"},
			[]string{`GET /organization-exports query parameter q required: ours has nothing, Rebilly has "true"`},
		},
		"parameter that is removed": {
			change{exports, "    - $ref: ../components/parameters.yaml#/filter\n", ""},
			[]string{`GET /organization-exports query parameter filter type: ours has "string", Rebilly has nothing`},
		},
		"type": {
			change{file, "size: { type: integer }", "size: { type: [integer, string] }"},
			[]string{record + `.size type: ours has "integer", Rebilly has "integer, string"`},
		},
		"null in OpenAPI 3.1": {
			change{file, "size: { type: integer }", `size: { type: [integer, "null"] }`},
			[]string{record + `.size null: ours has nothing, Rebilly has "allowed"`},
		},
		"null in OpenAPI 3.0": {
			change{file, "size: { type: integer }", "size: { type: integer, nullable: true }"},
			[]string{record + `.size null: ours has nothing, Rebilly has "allowed"`},
		},
		"format": {
			change{export, "format: date-time", "format: date"},
			inExports(`.retentionTime format: ours has "date-time", Rebilly has "date"`),
		},
		"length": {
			change{"components/common.yaml", "maxLength: 50", "maxLength: 64"},
			append([]string{record + `.id maxLength: ours has "50", Rebilly has "64"`},
				slices.Concat(inExports(`.id maxLength: ours has "50", Rebilly has "64"`), inExports(`.userId maxLength: ours has "50", Rebilly has "64"`))...),
		},
		"limit": {
			change{"components/parameters.yaml", "maximum: 1000", "maximum: 100"},
			[]string{`GET /organization-exports query parameter limit maximum: ours has "1000", Rebilly has "100"`},
		},
		"constant of a certain length": {
			change{file, "extension: { type: string }", "extension: { type: string, const: zip, minLength: 3 }"},
			[]string{
				record + `.extension const: ours has nothing, Rebilly has "zip"`,
				record + `.extension minLength: ours has nothing, Rebilly has "3"`,
			},
		},
		"number of elements": {
			change{file, "tags:\n", "tags:\n    minItems: 1\n    maxItems: 9\n"},
			[]string{
				record + `.tags maxItems: ours has nothing, Rebilly has "9"`,
				record + `.tags minItems: ours has nothing, Rebilly has "1"`,
			},
		},
		"spelling of a parameter": {
			change{"components/parameters.yaml", "style: form\n  explode: false", "style: spaceDelimited\n  explode: true"},
			[]string{
				`GET /organization-exports query parameter sort explode: ours has "false", Rebilly has "true"`,
				`GET /organization-exports query parameter sort style: ours has "form", Rebilly has "spaceDelimited"`,
			},
		},
		"default": {
			change{exports, "default: false", "default: true"},
			[]string{post + `request application/json .includeFiles default: ours has "false", Rebilly has "true"`},
		},
		"alternatives": {
			change{file, "sha1: { type: string }", "sha1: { oneOf: [{ type: string }, { type: boolean }], anyOf: [{ format: hex }] }"},
			[]string{
				record + `.sha1 type: ours has "string", Rebilly has nothing`,
				record + `.sha1(anyOf 1) format: ours has nothing, Rebilly has "hex"`,
				record + `.sha1(oneOf 1) type: ours has nothing, Rebilly has "string"`,
				record + `.sha1(oneOf 2) type: ours has nothing, Rebilly has "boolean"`,
			},
		},
		"other properties": {
			change{file, "exifData: { type: [object, \"null\"] }", "exifData: { type: [object, \"null\"], additionalProperties: { type: string } }"},
			[]string{record + `.exifData.* type: ours has nothing, Rebilly has "string"`},
		},
		"new status code": {
			change{exports, "    \"422\":", "    \"202\": { description: Later. }\n    \"409\": { description: One is in progress. }\n    \"422\":"},
			[]string{
				post + `error response 409: ours has nothing, Rebilly has "declared"`,
				post + `response 202: ours has nothing, Rebilly has "declared"`,
			},
		},
		"header": {
			change{exports, "Location:", "Content-Location:"},
			[]string{
				post + `response 201 header Content-Location format: ours has nothing, Rebilly has "uri"`,
				post + `response 201 header Content-Location type: ours has nothing, Rebilly has "string"`,
				post + `response 201 header Location format: ours has "uri", Rebilly has nothing`,
				post + `response 201 header Location type: ours has "string", Rebilly has nothing`,
			},
		},
		"field of an error": {
			change{"components/responses.yaml", "invalidFields:", "fields:"},
			[]string{
				post + `error response 422 application/json .fields type: ours has nothing, Rebilly has "array"`,
				post + `error response 422 application/json .fields[] type: ours has nothing, Rebilly has "object"`,
				post + `error response 422 application/json .fields[].field type: ours has nothing, Rebilly has "string"`,
				post + `error response 422 application/json .fields[].message type: ours has nothing, Rebilly has "string"`,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := differences(t, changed(t, test.change))
			slices.Sort(got)
			slices.Sort(test.want)
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestCompare_ignored(t *testing.T) {
	t.Parallel()
	tests := map[string]change{
		"nothing":                   {"openapi.yaml", "", ""},
		"other operation":           {"openapi.yaml", "/customers:", "/users:"},
		"other operation on a file": {"paths/files@{id}.yaml", "DeleteFile", "RemoveFile"},
		"description":               {"components/File.yaml", "sha1: { type: string }", "sha1: { type: string, description: The hash., example: x }"},
		"order of an enum":          {"components/OrganizationExport.yaml", "[self, user, signedLink]", "[signedLink, user, self]"},
		"path with organization":    {"openapi.yaml", "/files/{id}:", "/organizations/{organizationId}/files/{id}:"},
		"pattern of organization":   {"paths/organization-exports@{id}.yaml", "schema: { type: string }", "schema: { type: string, pattern: x }"},
		"limit of an error's field": {"components/responses.yaml", "minimum: 403", "minimum: 400"},
		"webhooks":                  {"openapi.yaml", "", "webhooks:\n  x:\n    $ref: nowhere.yaml\n"},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := differences(t, changed(t, change)); len(got) > 0 {
				t.Errorf("got\n%s", strings.Join(got, "\n"))
			}
		})
	}
}

func TestRead_errors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change change
		want   string
	}{
		"not YAML":           {change{"openapi.yaml", "paths:", "paths: ]"}, "openapi.yaml"},
		"no paths":           {change{"openapi.yaml", "paths:", "routes:"}, "no paths"},
		"missing file":       {change{"openapi.yaml", "paths/organization-exports@{id}.yaml", "paths/x.yaml"}, "paths/x.yaml"},
		"missing target":     {change{"paths/files@{id}.yaml", "#/Unauthorized", "#/Unknown"}, "#/Unknown"},
		"missing schema":     {change{"components/File.yaml", "common.yaml#/ID", "common.yaml#/Key"}, "common.yaml#/Key"},
		"file outside":       {change{"openapi.yaml", "./paths/files@{id}.yaml", "../../../openapi.yaml"}, "../../openapi.yaml"},
		"endless reference":  {change{"components/headers.yaml", "Count:\n", "Count:\n  $ref: headers.yaml#/Count\n"}, "endless"},
		"schema with itself": {change{"components/File.yaml", "tags:\n", "parent: { $ref: File.yaml }\n  tags:\n"}, "endless"},
		"allOf with itself":  {change{"components/File.yaml", "type: object\n", "type: object\nallOf: [{ $ref: File.yaml }]\n"}, "endless"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := read(changed(t, test.change), "openapi.yaml", schema{}, schema{"GET /files/{id}": nil}.covers)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got the error %v, want %q", err, test.want)
			}
		})
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arguments      []string
		status         int
		output, errors string
	}{
		"no difference":     {[]string{openAPIDocument, published}, 0, "", ""},
		"several documents": {[]string{openAPIDocument, published, openAPIDocument}, 0, "", ""},
		"difference":        {[]string{published, openAPIDocument}, 1, "GET /customers: only ours has this operation\n", ""},
		"no document":       {[]string{openAPIDocument}, 2, "", "Usage: compare-schema ours theirs..."},
		"missing document":  {[]string{openAPIDocument, "testdata/x.yaml"}, 2, "", "Could not read testdata/x.yaml: "},
		"missing folder":    {[]string{"x/openapi.yaml", published}, 2, "", "Could not read x/openapi.yaml: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var output, errors bytes.Buffer
			status := run(test.arguments, &output, &errors)
			if status != test.status || !strings.Contains(output.String(), test.output) || test.output == "" && output.Len() > 0 || !strings.Contains(errors.String(), test.errors) || test.errors == "" && errors.Len() > 0 {
				t.Errorf("got the exit status %d, the output %q, and the errors %q, want %d, %q, and %q", status, &output, &errors, test.status, test.output, test.errors)
			}
		})
	}
}

func TestReadFile_linkOutsideFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	outside, err := filepath.Abs(published)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "openapi.yaml")
	if err := os.Symlink(outside, link); err != nil {
		t.Skip(err)
	}
	if err := readFile(link, schema{}, everything); err == nil || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("got the error %v", err)
	}
}
