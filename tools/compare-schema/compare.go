package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// schema has what a document says about operations, which are named by method
// and path, such as "GET /files/{id}".
type schema map[string]facts

// facts has what a document says about an operation. Keys are places, such as
// "response 200 application/json .mime enum".
type facts map[string]string

// covers reports whether a published operation matters: s has it, or it is one
// of those on exports.
func (s schema) covers(operation string) bool {
	_, ok := s[operation]

	return ok || strings.Contains(operation, " /organization-exports")
}

func everything(string) bool { return true }

// compare returns the differences between the fake's schema and Rebilly's.
func compare(ours, theirs schema) []string {
	var differences []string
	for _, operation := range sortedKeys(ours, theirs) {
		our, inOurs := ours[operation]
		their, inTheirs := theirs[operation]
		switch {
		case !inTheirs:
			differences = append(differences, operation+": only ours has this operation")
		case !inOurs:
			differences = append(differences, operation+": only Rebilly has this operation")
		default:
			for _, difference := range compareFacts(our, their) {
				differences = append(differences, operation+" "+difference)
			}
		}
	}

	return differences
}

func compareFacts(ours, theirs facts) []string {
	var differences []string
	for _, place := range sortedKeys(ours, theirs) {
		our, inOurs := ours[place]
		their, inTheirs := theirs[place]
		if our == their && inOurs == inTheirs || !inTheirs && intended(place) {
			continue
		}
		differences = append(differences, fmt.Sprintf("%s: ours has %s, Rebilly has %s", place, describe(our, inOurs), describe(their, inTheirs)))
	}

	return differences
}

// intended reports whether something that only our document says differs from
// Rebilly's by intention, as the comment in openapi.yaml explains.
func intended(place string) bool {
	return strings.HasPrefix(place, errorResponse) || strings.HasSuffix(place, " null") || strings.HasSuffix(place, " minimum")
}

func describe(value string, present bool) string {
	if !present {
		return "nothing"
	}

	return fmt.Sprintf("%q", value)
}

func sortedKeys[V any](first, second map[string]V) []string {
	all := maps.Clone(first)
	maps.Copy(all, second)

	return slices.Sorted(maps.Keys(all))
}
