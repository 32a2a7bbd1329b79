package main

import (
	"fmt"
	"strings"
)

// options is a command's line, taken apart: flags by their long name, and the words that are left.
type options struct {
	values map[string][]string
	words  []string
}

var longNames = map[string]string{
	"-q": "quiet", "-a": "all", "-o": "output", "-p": "pod", "-f": "force", "-s": "sync", "-n": "tail",
	"-l": "latest", "-t": "timeout",
}
var takeValue = map[string]bool{
	"name": true, "namespace": true, "label": true, "output": true, "pod": true, "state": true, "tail": true,
	"timeout": true, "image": true, "id": true,
}

// parse stops at the first word that is no flag where rest says so (exec's command has flags of its own).
func parse(line []string, rest bool) options {
	found := options{values: map[string][]string{}}
	for i := 0; i < len(line); i++ {
		word := line[i]
		if !strings.HasPrefix(word, "-") || word == "-" {
			if rest {
				found.words = line[i:]
				return found
			}
			found.words = append(found.words, word)
			continue
		}
		for _, flag := range spread(word) {
			name, value, joined := strings.Cut(flag, "=")
			if long, short := longNames[name]; short {
				name = long
			}
			name = strings.TrimLeft(name, "-")
			if takeValue[name] && !joined && i+1 < len(line) {
				i++
				value = line[i]
			}
			found.values[name] = append(found.values[name], value)
		}
	}
	return found
}

// spread turns -aq into -a -q.
func spread(word string) []string {
	if strings.HasPrefix(word, "--") || strings.Contains(word, "=") || len(word) == 2 {
		return []string{word}
	}
	var flags []string
	for _, letter := range word[1:] {
		flags = append(flags, "-"+string(letter))
	}
	return flags
}

func (o options) has(name string) bool { return len(o.values[name]) > 0 }

func (o options) get(name string) string {
	if values := o.values[name]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

func (o options) labels() map[string]string {
	selector := map[string]string{}
	for _, label := range o.values["label"] {
		key, value, found := strings.Cut(label, "=")
		if !found {
			fail(fmt.Errorf("--label wants KEY=VALUE, not %q", label))
		}
		selector[key] = value
	}
	return selector
}

// only gives the single word that a command needs.
func (o options) only(what string) string {
	if len(o.words) != 1 {
		fail(fmt.Errorf("one %s, please", what))
	}
	return o.words[0]
}
