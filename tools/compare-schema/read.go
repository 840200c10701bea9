package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// organization is how paths begin that name the organization. Rebilly's document
// has this in the server's URL or in the paths, and ours has every path twice.
const organization = "/organizations/{organizationId}"

// errorResponse is how the places of error responses begin.
const errorResponse = "error response "

// maxDepth is how deep schemas may be nested before they count as endless.
const maxDepth = 50

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// keywords of a schema whose values are compared as they are.
var keywords = []string{"format", "pattern", "const", "default", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"}

// node is a part of a document. References in it are relative to its file.
type node struct {
	value any
	file  string
}

// child returns a part of an object, or an empty node if there is none.
func (n node) child(key string) node {
	return node{n.object()[key], n.file}
}

// object returns the members of an object, or none for every other value.
func (n node) object() map[string]any {
	switch value := n.value.(type) {
	case map[string]any:
		return value
	case map[any]any:
		// The keys are not all strings, such as status codes without quotes.
		object := map[string]any{}
		for key, member := range value {
			object[fmt.Sprint(key)] = member
		}

		return object
	default:
		return nil
	}
}

// elements returns the elements of an array, or none for every other value.
func (n node) elements() []node {
	array, _ := n.value.([]any)
	elements := make([]node, len(array))
	for i, element := range array {
		elements[i] = node{element, n.file}
	}

	return elements
}

// text returns the value as text, which is empty if there is none.
func (n node) text() string {
	if n.value == nil {
		return ""
	}

	return fmt.Sprint(n.value)
}

// reader reads operations from a document that may have several files.
type reader struct {
	folder fs.FS
	files  map[string]any
}

// read adds the wanted operations of the document in the file name to target.
func read(folder fs.FS, name string, target schema, wanted func(operation string) bool) error {
	r := reader{folder: folder, files: map[string]any{}}
	root, err := r.open(name)
	if err != nil {
		return err
	}
	paths := root.child("paths")
	if len(paths.object()) == 0 {
		return errors.New("the document has no paths")
	}
	for full := range paths.object() {
		name := strings.TrimPrefix(full, organization)
		if !slices.ContainsFunc(methods, func(method string) bool { return wanted(operationName(method, name)) }) {
			continue
		}
		item, err := r.resolve(paths.child(full))
		if err != nil {
			return err
		}
		for _, method := range methods {
			operation := operationName(method, name)
			if item.child(method).value == nil || !wanted(operation) {
				continue
			}
			if target[operation] == nil {
				target[operation] = facts{}
			}
			if err := r.operation(target[operation], item, item.child(method)); err != nil {
				return fmt.Errorf("%s: %w", operation, err)
			}
		}
	}

	return nil
}

func operationName(method, route string) string { return strings.ToUpper(method) + " " + route }

// open parses a file once.
func (r reader) open(name string) (node, error) {
	if value, ok := r.files[name]; ok {
		return node{value, name}, nil
	}
	text, err := fs.ReadFile(r.folder, name)
	if err != nil {
		return node{}, err
	}
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return node{}, fmt.Errorf("%s: %w", name, err)
	}
	r.files[name] = value

	return node{value, name}, nil
}

// resolve returns what n refers to, or n if it is not a reference.
func (r reader) resolve(n node) (node, error) {
	for range maxDepth {
		reference, ok := n.object()["$ref"].(string)
		if !ok {
			return n, nil
		}
		target, err := r.follow(n.file, reference)
		if err != nil {
			return node{}, fmt.Errorf("%s refers to %s: %w", n.file, reference, err)
		}
		n = target
	}

	return node{}, fmt.Errorf("%s has endless references", n.file)
}

// follow returns the target of a reference in a file.
func (r reader) follow(file, reference string) (node, error) {
	name, pointer, _ := strings.Cut(reference, "#")
	if name == "" {
		name = file
	} else {
		name = path.Join(path.Dir(file), name)
	}
	target, err := r.open(name)
	if err != nil {
		return node{}, err
	}
	for key := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if key != "" {
			target = target.child(strings.NewReplacer("~1", "/", "~0", "~").Replace(key))
		}
	}
	if target.value == nil {
		return node{}, fs.ErrNotExist
	}

	return target, nil
}

// operation adds what a document says about an operation of the path item to
// found.
func (r reader) operation(found facts, item, operation node) error {
	found["operation ID"] = strings.TrimSuffix(operation.child("operationId").text(), "OfOrganization")
	for _, element := range slices.Concat(item.child("parameters").elements(), operation.child("parameters").elements()) {
		if err := r.parameter(found, element); err != nil {
			return err
		}
	}
	body, err := r.resolve(operation.child("requestBody"))
	if err != nil {
		return err
	}
	found.add("request required", body.child("required"))
	if err := r.content(found, "request", body); err != nil {
		return err
	}
	for status := range operation.child("responses").object() {
		response, err := r.resolve(operation.child("responses").child(status))
		if err != nil {
			return err
		}
		if err := r.response(found, status, response); err != nil {
			return err
		}
	}

	return nil
}

func (r reader) parameter(found facts, element node) error {
	parameter, err := r.resolve(element)
	if err != nil {
		return err
	}
	name := parameter.child("name").text()
	if name == "organizationId" {
		return nil
	}
	place := parameter.child("in").text() + " parameter " + name
	for _, key := range []string{"required", "style", "explode"} {
		found.add(place+" "+key, parameter.child(key))
	}

	return r.schema(found, place, parameter.child("schema"), 0)
}

func (r reader) response(found facts, status string, response node) error {
	if !strings.HasPrefix(status, "2") {
		place := errorResponse + status
		found[place] = "declared"
		body := facts{}
		if err := r.content(body, place, response); err != nil {
			return err
		}
		// Every status has its own limits in Rebilly's document, and none in ours.
		for key, value := range body {
			if strings.HasSuffix(key, " type") {
				found[key] = value
			}
		}

		return nil
	}
	place := "response " + status
	found[place] = "declared"
	headers := response.child("headers")
	for name := range headers.object() {
		header, err := r.resolve(headers.child(name))
		if err != nil {
			return err
		}
		if err := r.schema(found, place+" header "+name, header.child("schema"), 0); err != nil {
			return err
		}
	}

	return r.content(found, place, response)
}

// content adds the schemas of all media types of a body.
func (r reader) content(found facts, place string, body node) error {
	content := body.child("content")
	for mediaType := range content.object() {
		if err := r.schema(found, place+" "+mediaType+" ", content.child(mediaType).child("schema"), 0); err != nil {
			return err
		}
	}

	return nil
}

// schema adds what the schema n says about the values at place. What a
// reference and allOf say adds up.
func (r reader) schema(found facts, place string, n node, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s: the schema is endless", place)
	}
	parts := map[string]node{}
	add := func(at string, part node) {
		if part.value != nil {
			parts[at] = part
		}
	}
	all := n.child("allOf").elements()
	if reference, ok := n.object()["$ref"].(string); ok {
		target, err := r.follow(n.file, reference)
		if err != nil {
			return fmt.Errorf("%s refers to %s: %w", n.file, reference, err)
		}
		all = append(all, target)
	}
	for _, part := range all {
		if err := r.schema(found, place, part, depth+1); err != nil {
			return err
		}
	}
	found.addTypes(place, n)
	for _, key := range keywords {
		found.add(place+" "+key, n.child(key))
	}
	for _, name := range n.child("required").elements() {
		found[place+"."+name.text()+" required"] = "true"
	}
	for name := range n.child("properties").object() {
		add(place+"."+name, n.child("properties").child(name))
	}
	add(place+"[]", n.child("items"))
	if extra := n.child("additionalProperties"); len(extra.object()) > 0 {
		add(place+".*", extra)
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		for i, alternative := range n.child(key).elements() {
			add(fmt.Sprintf("%s(%s %d)", place, key, i+1), alternative)
		}
	}
	for at, part := range parts {
		if err := r.schema(found, at, part, depth+1); err != nil {
			return err
		}
	}

	return nil
}

// add adds the value of n, if there is one.
func (f facts) add(place string, n node) {
	if n.value != nil {
		f[place] = n.text()
	}
}

// addTypes adds the types and the enum of a schema. OpenAPI 3.0 and 3.1 have
// different ways to say that a value can be null.
func (f facts) addTypes(place string, n node) {
	null := n.child("nullable").text() == "true"
	for _, key := range []string{"type", "enum"} {
		var values []string
		if text, ok := n.child(key).value.(string); ok {
			values = []string{text}
		}
		for _, element := range n.child(key).elements() {
			if element.value == nil || key == "type" && element.text() == "null" {
				null = true
			} else {
				values = append(values, element.text())
			}
		}
		if len(values) > 0 {
			slices.Sort(values)
			f[place+" "+key] = strings.Join(values, ", ")
		}
	}
	if null {
		f[place+" null"] = "allowed"
	}
}
