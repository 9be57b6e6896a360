"""Random cases in real browsers: `python -m tests.lab.random_cases --seed 7 --cases 2000 --browser chromium`.

`draw` makes cases out of `words` and a seed: what a page's script does, and what servers answer on every hop. `wire`
answers byte for byte, over http and https. `runner.js` runs the cases and tells what scripts saw; `chromium` and
`firefox` drive the browsers and add the browser's own reason; `truth` puts both together. `run` does all of that
through mitmproxy, and writes what `tests.oracle` scores.
"""
