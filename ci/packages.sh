# SPDX-License-Identifier: Apache-2.0
# Reading package lists; sourced, not run. A list has one package a line, or alternatives in order
# of preference separated by '|'; '#' begins a comment.
# shellcheck shell=bash

# The entries of a list, one a line, alternatives separated by blanks.
package_entries() {
    sed -e 's/#.*//' -e 's/|/ /g' -e 's/^ *//' -e '/^$/d' "$1" | tr -s ' '
}

# Entries on standard input; print the first alternative of each that this machine's sources offer.
choose_packages() {
    local entries offered entry name
    entries=$(cat)
    [ -n "$entries" ] || return 0
    # shellcheck disable=SC2086  # one word a package
    offered=$(apt-cache policy $entries | awk '/^[^ ]/ { sub(":$", ""); name = $0 } $1 == "Candidate:" && $2 != "(none)" { print name }')
    while read -r entry; do
        for name in $entry; do
            if grep -qxF "$name" <<<"$offered"; then
                printf '%s\n' "$name"
                continue 2
            fi
        done
        die "no package source of this machine offers ${entry// / or }; 'apt-get update' may help"
    done <<<"$entries"
}
